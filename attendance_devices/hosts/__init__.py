"""The one place that knows the CRM's models. Three ways in: record only, declared by settings, adapted by a class."""
