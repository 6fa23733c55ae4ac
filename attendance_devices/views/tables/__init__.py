"""Tables of the pages: which columns, in what order, and how a cell looks on the page and in a file."""
