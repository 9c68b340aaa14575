"""What several connectors need to speak to their services.

budget.py             how much a model is asked to say, and whether it was given all
calls_in_text.py      calls that a model wrote into its text, and its server left there
channels.py           the format in which gpt-oss speaks, where a server passes it on unread
exchanges.py          calls of tools and their results in the order that services accept
messages.py           messages in the order and shape that services accept
model_facts.py        what can be told of a model from its name and from numbers that services give
model_families.py     what well-known models can do, for services whose lists give names and no more
offline_catalogue.py  what genai-prices knows offline of services and their models
pacing.py             an answer that came as one piece, shown as if it had been streamed
pictures.py           pictures in the answers of services that write them as `data:` addresses
repeated_thoughts.py  one thought from two sources, shown once
schema_rules.py       which words of JSON Schema services take in the schemas of tools
schema_writing.py     writes a JSON Schema of any draft anew, in the words that a service takes
sdk_transport.py      the transport that the SDKs of Google and Hugging Face are given
signatures.py         signatures that name their maker
speech.py             what a model says, thoughts and text told apart, each once
stream_parsing.py     from what arrives of a service to Divan's events
thoughts.py           thoughts that a server left in the text, between tags
tool_calls.py         tool calls put together from their pieces
tool_schemas.py       JSON Schemas of tools as services take them
values.py             what a field of a service's JSON says, whatever type it came as
vectors.py            embeddings in batches, and whether they are sound
written_calls.py      the forms in which models write a call into their text
"""
