"""Who is here now, and how today compares with other days."""
