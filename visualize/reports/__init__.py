"""Reports: static sites of what is known of whole layers, to browse, to search and to send."""
