"""What waits for a person: `inbox`, `review_page`, `decide_item`, `decide_mapping`."""
