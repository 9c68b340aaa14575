"""A file of each conversation for people, git and other programs, where the home of conversations is no
folder (MIRROR_FILES). It follows the home within a minute; nothing is ever read back from it.

choice.py    the mirror that this Divan was given
mirror.py    what has changed in the home, brought into the copies
copies.py    the copies, in a folder of this machine
bucket.py    the copies, in a bucket of an S3 service
"""
