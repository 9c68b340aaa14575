"""What happens outside of this process: answers of other processes, and files that other programs change.

file_watch.py           files that other programs put into the folder, change or remove
frame_subscriptions.py  frames that other processes publish, of the conversations that are followed here
redis_broadcast.py      other processes that serve the same conversations, over Redis
remote_answers.py       answers that stream in another process, as this one's readers see them
"""
