"""Pictures that methods are given: images, labelled images, a scan of them, a selection."""
