"""Tables that go out and come in as CSV and XLSX. What comes in goes through the verbs, and never past them."""
