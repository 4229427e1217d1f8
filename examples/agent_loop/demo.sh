name=lamp-$(date +%s)
durable invoke agent '{"goal": "buy a lamp below 40"}' --name "$name"
until durable approve "$name" 2>/dev/null; do sleep 1; done
durable history "$name" --follow
durable show "$name"
