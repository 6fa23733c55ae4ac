"""Days become rows of the CRM: `plan_post`, `post`."""
