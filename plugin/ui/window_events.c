/* SPDX-License-Identifier: ISC */
/* From the server's events to the client's. */
#include "window_inside.h"

#include <X11/keysym.h>
#include <stdlib.h>

/** Buttons of the core protocol that stand for the wheel. */
enum { WHEEL_UP = 4, WHEEL_DOWN = 5 };

enum { EVENT_TYPE = 0x7f }; ///< without the bit that marks events sent by other programs

static struct pointer pointer_at(const struct window *window, int x, int y, uint16_t state,
                                 uint32_t time)
{
    return (struct pointer){.x = (x - window->left) / window->scale,
                            .y = (y - window->top) / window->scale,
                            .shift = (state & XCB_MOD_MASK_SHIFT) != 0,
                            .ctrl = (state & XCB_MOD_MASK_CONTROL) != 0,
                            .time = time};
}

static void press(const struct window *window, const xcb_button_press_event_t *event)
{
    const struct window_client *client = &window->client;
    const struct pointer at =
        pointer_at(window, event->event_x, event->event_y, event->state, event->time);
    if (event->detail == WHEEL_UP || event->detail == WHEEL_DOWN)
        client->wheel(client->data, at, event->detail == WHEEL_UP ? 1 : -1);
    else if (event->detail <= BUTTON_RIGHT)
        client->press(client->data, at, event->detail);
}

static void release(const struct window *window, const xcb_button_release_event_t *event)
{
    const struct window_client *client = &window->client;
    if (event->detail <= BUTTON_RIGHT)
        client->release(
            client->data,
            pointer_at(window, event->event_x, event->event_y, event->state, event->time),
            event->detail);
}

static void move(const struct window *window, const xcb_motion_notify_event_t *event)
{
    const struct window_client *client = &window->client;
    client->move(client->data,
                 pointer_at(window, event->event_x, event->event_y, event->state, event->time));
}

static enum key key_of(xcb_keysym_t symbol)
{
    switch (symbol) {
    case XK_Return:
    case XK_KP_Enter:
        return KEY_ENTER;
    case XK_Escape:
        return KEY_ESCAPE;
    case XK_BackSpace:
        return KEY_BACKSPACE;
    case XK_Up:
        return KEY_UP;
    case XK_Down:
        return KEY_DOWN;
    case XK_Page_Up:
        return KEY_PAGE_UP;
    case XK_Page_Down:
        return KEY_PAGE_DOWN;
    default:
        return symbol >= XK_space && symbol <= XK_asciitilde ? KEY_CHARACTER : KEY_NONE;
    }
}

static void press_key(const struct window *window, const xcb_key_press_event_t *event)
{
    const struct window_client *client = &window->client;
    const int column = event->state & XCB_MOD_MASK_SHIFT ? 1 : 0;
    const xcb_keysym_t symbol = xcb_key_symbols_get_keysym(window->keys, event->detail, column);
    const enum key key = key_of(symbol);
    if (key != KEY_NONE)
        client->key(client->data, key, key == KEY_CHARACTER ? (char)symbol : '\0');
}

/** Handles one event. False: the user closed the window. */
static bool handle(struct window *window, const xcb_generic_event_t *event)
{
    const void *any = event;
    switch (event->response_type & EVENT_TYPE) {
    case XCB_BUTTON_PRESS:
        press(window, any);
        break;
    case XCB_BUTTON_RELEASE:
        release(window, any);
        break;
    case XCB_MOTION_NOTIFY:
        move(window, any);
        break;
    case XCB_LEAVE_NOTIFY:
        window->client.leave(window->client.data);
        break;
    case XCB_KEY_PRESS:
        press_key(window, any);
        break;
    case XCB_EXPOSE: {
        const xcb_expose_event_t *expose = any;
        window_expose(window, (struct rect){expose->x, expose->y, expose->width, expose->height});
        break;
    }
    case XCB_CONFIGURE_NOTIFY: {
        const xcb_configure_notify_event_t *configure = any;
        window_resized(window, configure->width, configure->height);
        break;
    }
    case XCB_CLIENT_MESSAGE: {
        const xcb_client_message_event_t *message = any;
        return message->data.data32[0] != window->delete_atom;
    }
    default:
        break;
    }
    return true;
}

bool window_listen(struct window *window)
{
    bool open = true;
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(window->connection)) != NULL) {
        open = handle(window, event) && open;
        free(event);
    }
    return open && !xcb_connection_has_error(window->connection);
}
