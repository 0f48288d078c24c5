"""Published files: fetched, resumed, checked, cached and unpacked."""
