"""Where networks come from besides the catalogue: torchvision, timm, torch.hub, scripts, the user's own."""
