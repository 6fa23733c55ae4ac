"""What people type into our pages."""
