python chat_stand_in.py approve &
durable invoke refunds '{"order_id": "A-1001", "amount_cents": 4900}' --wait
wait
