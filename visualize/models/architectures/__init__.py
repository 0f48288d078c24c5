"""Networks that torchvision does not have, with layers named as their papers name them."""
