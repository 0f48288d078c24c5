"""What a method is given: images, labelled images, a scan of them, a selection."""
