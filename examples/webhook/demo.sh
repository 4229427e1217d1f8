python warehouse_stand_in.py &
durable invoke parcels '{"order_id": "A-1001"}' --wait
wait
