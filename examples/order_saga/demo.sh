durable invoke stock '{"action": "deliver", "key": "delivery-1", "sku": "LAMP", "quantity": 5}' --wait
durable invoke payment '{"action": "top_up", "key": "gift-1", "card": "visa", "cents": 20000}' --wait
durable invoke order '{"order_id": "A-1", "sku": "LAMP", "quantity": 2, "card": "visa", "cents": 9800, "ship_to": "Main Street 1"}' --wait
durable invoke order '{"order_id": "A-2", "sku": "LAMP", "quantity": 1, "card": "visa", "cents": 4900, "ship_to": "NOWHERE"}' --wait
