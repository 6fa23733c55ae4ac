"""Pages and answers over HTTP: parse, call one verb, present."""
