"""The CRM's attendance rows: drafted, compared, written, taken back."""
