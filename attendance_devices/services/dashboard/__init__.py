"""Who is here now: `board`, `dashboard` (the widget), `show_today` (the page)."""
