"""Show who is here now: `today_board`, `build_dashboard` (the widget), `show_today` (the page)."""
