"""The halls for whoever asks: where they are, when they open, what their counters do and which matters they take.

It owns nothing: tenants/ is the data, which the chassis rereads when it changes. It keeps no store and hears no event. What
happens in a hall (tickets, appointments) is not its business.
"""
