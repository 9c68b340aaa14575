"""What happens outside of this process: answers of other processes, and files that other programs change.

file_watch.py       files that other programs put into the folder, change or remove
frame_relay.py      frames on their way to the processes that follow their conversations, and from others
publisher.py        what is said to them, over a connection on which Redis says nothing back
redis_broadcast.py  other processes that serve the same conversations, over Redis
remote_answers.py   answers that stream in another process, as this one's readers see them
"""
