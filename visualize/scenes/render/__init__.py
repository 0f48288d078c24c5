"""Drawing: canvas, camera, light, surfaces, shading."""
