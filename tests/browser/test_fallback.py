"""Where something between eats WebSockets the page goes on over SSE and says so."""

from playwright.sync_api import BrowserContext, Route, WebSocketRoute, expect

from tests.browser.chat_page import SECONDS_TO_SHOW
from tests.browser.conftest import MakeContext, OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan


def without_sockets(context: BrowserContext) -> BrowserContext:
    context.route_web_socket("**/ws/chat/", lambda socket: refuse(socket))
    return context


def refuse(socket: WebSocketRoute) -> None:
    socket.close(code=1011, reason="no WebSockets here")


def test_an_answer_streams_stops_and_survives_a_reload_without_a_socket(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, contexts: MakeContext
) -> None:
    chat = open_chat(divan_with_models, context=without_sockets(contexts()))
    expect(chat.page.get_by_text("WebSocket is not available here")).to_be_visible()
    chat.pick_model("slow-one")
    chat.say("Without a socket")
    asked = models.next_asked()
    asked.say("One ")
    expect(chat.text).to_have_text("One")
    asked.say("two ")
    expect(chat.text).to_have_text("One two")
    chat.page.reload()
    expect(chat.text).to_have_text("One two")
    asked.say("three ")
    expect(chat.text).to_have_text("One two three")
    chat.button("Stop").click()
    chat.expect_status("stopped")
    assert asked.closed.wait(SECONDS_TO_SHOW)


def test_the_connection_comes_back_by_itself_with_what_was_missed(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, contexts: MakeContext
) -> None:
    context = contexts()
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    context.route_web_socket("**/ws/chat/", pass_on)
    chat = open_chat(divan_with_models, context=context)
    chat.pick_model("slow-one")
    chat.say("Cut me off")
    asked = models.next_asked()
    asked.say("Before. ")
    expect(chat.text).to_have_text("Before.")
    sockets[0].close(code=1011, reason="cut")
    asked.say("Meanwhile. ")
    expect(chat.text).to_have_text("Before. Meanwhile.")
    asked.say("After.")
    asked.finish()
    chat.expect_status("complete")
    expect(chat.text).to_have_text("Before. Meanwhile. After.")
    assert len(sockets) > 1


def test_the_first_message_is_posted_once_where_the_line_is_cut_before_it_was_told(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, contexts: MakeContext
) -> None:
    context = contexts()
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        is_first = not sockets
        sockets.append(socket)
        server = socket.connect_to_server()
        server.on_message(
            lambda frame: None if is_first and '"answers"' in str(frame) else socket.send(frame)
        )

    context.route_web_socket("**/ws/chat/", pass_on)
    chat = open_chat(divan_with_models, context=context)
    chat.pick_model("slow-one")
    chat.say("Only once")
    asked = models.next_asked()
    sockets[0].close(code=1011, reason="cut")
    chat.expect_conversation()
    expect(chat.question_texts).to_have_text(["Only once"])
    # Before the answer ends: then a model gives the conversation another title.
    expect(chat.rows.filter(has_text="Only once")).to_have_count(1)
    asked.say("Once.")
    asked.finish()
    chat.expect_status("complete")
    assert models.asked.empty()


def test_a_message_that_could_not_be_sent_is_not_lost(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, contexts: MakeContext
) -> None:
    context = without_sockets(contexts())
    chat = open_chat(divan_with_models, context=context)
    expect(chat.page.get_by_text("WebSocket is not available here")).to_be_visible()

    def fail(route: Route) -> None:
        error = {"code": "overloaded", "message": "Full.", "retryable": False}
        route.fulfill(status=503, json={"error": error})

    context.route("**/api/chat/commands", fail)
    chat.say("Do not lose this")
    expect(chat.composer).to_have_value("Do not lose this")
