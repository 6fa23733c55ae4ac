"""The HR corner: offices, departments, staff, and their attendance."""
