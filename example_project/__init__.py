"""A small CRM with an HR corner: the host that the demo and the tests are a guest of."""
