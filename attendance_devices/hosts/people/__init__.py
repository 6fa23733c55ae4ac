"""The CRM's employees and their accounts: found, described, made."""
