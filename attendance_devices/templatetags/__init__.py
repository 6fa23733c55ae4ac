"""Tags for the templates of the host, and for ours."""
