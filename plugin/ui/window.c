/* SPDX-License-Identifier: ISC */
/* The window's life and its picture; events are in window_events.c. */
#include "window_inside.h"

#include <cairo-xcb.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DESKTOP_DPI = 96,        ///< resolution at which a design unit is a pixel
    RESOURCES_WORDS = 16384, ///< most of the desktop's settings that are read, in 4 bytes
    HINT_MIN_SIZE = 1 << 4,  ///< flags of WM_NORMAL_HINTS (ICCCM 4.1.2.3)
    HINT_BASE_SIZE = 1 << 8,
    HINT_WORDS = 18,
    HINT_MIN_AT = 5,
    HINT_BASE_AT = 15,
};

static const double SCALE_LEAST = 0.5, SCALE_MOST = 4.0;

static xcb_screen_t *find_screen(xcb_connection_t *connection, int number)
{
    xcb_screen_iterator_t screen = xcb_setup_roots_iterator(xcb_get_setup(connection));
    while (number-- > 0 && screen.rem > 1)
        xcb_screen_next(&screen);
    return screen.data;
}

static xcb_visualtype_t *find_visual(const xcb_screen_t *screen)
{
    xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen);
    for (; depth.rem; xcb_depth_next(&depth)) {
        xcb_visualtype_iterator_t visual = xcb_depth_visuals_iterator(depth.data);
        for (; visual.rem; xcb_visualtype_next(&visual))
            if (visual.data->visual_id == screen->root_visual)
                return visual.data;
    }
    return NULL;
}

/** What the desktop says in its setting Xft.dpi; 1 if it says nothing. */
static double desktop_scale(const struct window *window)
{
    static const char name[] = "Xft.dpi:";
    double scale = 1.0;
    xcb_get_property_reply_t *reply = xcb_get_property_reply(
        window->connection,
        xcb_get_property(window->connection, 0, window->screen->root, XCB_ATOM_RESOURCE_MANAGER,
                         XCB_ATOM_STRING, 0, RESOURCES_WORDS),
        NULL);
    if (!reply)
        return scale;
    char *text =
        strndup(xcb_get_property_value(reply), (size_t)xcb_get_property_value_length(reply));
    const char *line = text ? strstr(text, name) : NULL;
    if (line)
        scale = strtod(line + strlen(name), NULL) / DESKTOP_DPI;
    free(text);
    free(reply);
    return scale;
}

static double sensible_scale(double scale)
{
    return scale > 0.0 ? fmin(SCALE_MOST, fmax(SCALE_LEAST, scale)) : 1.0;
}

static xcb_atom_t atom(const struct window *window, const char *name)
{
    xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
        window->connection, xcb_intern_atom(window->connection, 0, (uint16_t)strlen(name), name),
        NULL);
    const xcb_atom_t found = reply ? reply->atom : XCB_ATOM_NONE;
    free(reply);
    return found;
}

static void set_text(const struct window *window, xcb_atom_t property, xcb_atom_t type,
                     const char *text)
{
    xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE, window->id, property, type, 8,
                        (uint32_t)strlen(text), text);
}

/** Title, how to be closed, and the sizes that make sense: hosts that embed us read those. */
static void introduce(struct window *window, const char *title)
{
    const struct window_client *client = &window->client;
    uint32_t hints[HINT_WORDS] = {HINT_MIN_SIZE | HINT_BASE_SIZE};
    hints[HINT_MIN_AT] = (uint32_t)(client->width * SCALE_LEAST);
    hints[HINT_MIN_AT + 1] = (uint32_t)(client->height * SCALE_LEAST);
    hints[HINT_BASE_AT] = window->width;
    hints[HINT_BASE_AT + 1] = window->height;
    xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE, window->id,
                        XCB_ATOM_WM_NORMAL_HINTS, XCB_ATOM_WM_SIZE_HINTS, 32, HINT_WORDS, hints);
    set_text(window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, title);
    set_text(window, atom(window, "_NET_WM_NAME"), atom(window, "UTF8_STRING"), title);
    window->delete_atom = atom(window, "WM_DELETE_WINDOW");
    xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE, window->id,
                        atom(window, "WM_PROTOCOLS"), XCB_ATOM_ATOM, 32, 1, &window->delete_atom);
}

static void create(struct window *window, uint32_t parent)
{
    /* Visual and colours of our own, since the parent's may differ: that needs a border colour. */
    const uint32_t values[] = {window->screen->black_pixel, XCB_GRAVITY_NORTH_WEST,
                               XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
                                   XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                                   XCB_EVENT_MASK_POINTER_MOTION | XCB_EVENT_MASK_LEAVE_WINDOW |
                                   XCB_EVENT_MASK_KEY_PRESS,
                               window->screen->default_colormap};
    window->id = xcb_generate_id(window->connection);
    xcb_create_window(
        window->connection, window->screen->root_depth, window->id,
        parent ? parent : window->screen->root, 0, 0, (uint16_t)window->width,
        (uint16_t)window->height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, window->screen->root_visual,
        XCB_CW_BORDER_PIXEL | XCB_CW_BIT_GRAVITY | XCB_CW_EVENT_MASK | XCB_CW_COLORMAP, values);
}

/** Makes the picture as large as the window. */
static bool make_picture(struct window *window)
{
    cairo_surface_destroy(window->picture);
    window->picture =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)window->width, (int)window->height);
    const struct window_client *client = &window->client;
    window->scale = fmin(window->width / client->width, window->height / client->height);
    window->left = round((window->width - client->width * window->scale) / 2);
    window->top = round((window->height - client->height * window->scale) / 2);
    window_damage_all(window);
    return cairo_surface_status(window->picture) == CAIRO_STATUS_SUCCESS;
}

struct window *window_new(uint32_t parent, const char *title, double scale,
                          const struct window_client *client)
{
    int number = 0;
    struct window *window = calloc(1, sizeof *window);
    if (!window)
        return NULL;
    window->client = *client;
    window->connection = xcb_connect(NULL, &number);
    if (xcb_connection_has_error(window->connection)) {
        window_free(window);
        return NULL;
    }
    window->screen = find_screen(window->connection, number);
    const double size = sensible_scale(scale > 0.0 ? scale : desktop_scale(window));
    window->width = (uint32_t)round(client->width * size);
    window->height = (uint32_t)round(client->height * size);
    create(window, parent);
    introduce(window, title);
    window->keys = xcb_key_symbols_alloc(window->connection);
    window->surface =
        cairo_xcb_surface_create(window->connection, window->id, find_visual(window->screen),
                                 (int)window->width, (int)window->height);
    if (!window->keys || !make_picture(window)) {
        window_free(window);
        return NULL;
    }
    if (parent)
        window_show(window);
    return window;
}

void window_free(struct window *window)
{
    if (!window)
        return;
    cairo_surface_destroy(window->picture);
    if (window->surface) {
        cairo_surface_finish(window->surface);
        cairo_device_t *device = cairo_device_reference(cairo_surface_get_device(window->surface));
        cairo_surface_destroy(window->surface);
        cairo_device_finish(device);
        cairo_device_destroy(device);
    }
    if (window->keys)
        xcb_key_symbols_free(window->keys);
    if (window->id)
        xcb_destroy_window(window->connection, window->id);
    xcb_disconnect(window->connection);
    free(window);
}

uint32_t window_id(const struct window *window)
{
    return window->id;
}

uint32_t window_width(const struct window *window)
{
    return window->width;
}

uint32_t window_height(const struct window *window)
{
    return window->height;
}

void window_show(struct window *window)
{
    xcb_map_window(window->connection, window->id);
    xcb_flush(window->connection);
}

void window_hide(struct window *window)
{
    xcb_unmap_window(window->connection, window->id);
    xcb_flush(window->connection);
}

void window_focus(struct window *window, uint32_t time)
{
    xcb_set_input_focus(window->connection, XCB_INPUT_FOCUS_PARENT, window->id, time);
}

void window_resized(struct window *window, uint32_t width, uint32_t height)
{
    if ((width == window->width && height == window->height) || width < 1 || height < 1)
        return;
    window->width = width;
    window->height = height;
    cairo_xcb_surface_set_size(window->surface, (int)width, (int)height);
    make_picture(window);
}

void window_damage_all(struct window *window)
{
    window->damage_count = 0;
    window->all_damaged = true;
}

void window_damage(struct window *window, struct rect part)
{
    if (window->all_damaged)
        return;
    for (unsigned i = 0; i < window->damage_count; ++i)
        if (memcmp(&window->damage[i], &part, sizeof part) == 0)
            return;
    if (window->damage_count == DAMAGE_MAX)
        window_damage_all(window);
    else
        window->damage[window->damage_count++] = part;
}

/** The pixels that a part touches, with one to spare for soft edges. */
static struct rect pixels_of(const struct window *window, struct rect part)
{
    const double left = floor(window->left + part.x * window->scale) - 1;
    const double top = floor(window->top + part.y * window->scale) - 1;
    const double right = ceil(window->left + (part.x + part.width) * window->scale) + 1;
    const double bottom = ceil(window->top + (part.y + part.height) * window->scale) + 1;
    return (struct rect){left, top, right - left, bottom - top};
}

static void clip_to(cairo_t *cairo, struct rect pixels)
{
    cairo_rectangle(cairo, pixels.x, pixels.y, pixels.width, pixels.height);
    cairo_clip(cairo);
}

/** Draws pixels into the picture, then shows them. */
static void draw_pixels(struct window *window, struct rect pixels)
{
    const struct window_client *client = &window->client;
    struct rect part = {(pixels.x - window->left) / window->scale,
                        (pixels.y - window->top) / window->scale, pixels.width / window->scale,
                        pixels.height / window->scale};
    cairo_t *cairo = cairo_create(window->picture);
    clip_to(cairo, pixels);
    cairo_translate(cairo, window->left, window->top);
    cairo_scale(cairo, window->scale, window->scale);
    client->draw(client->data, cairo, part);
    cairo_destroy(cairo);
    window_expose(window, pixels);
}

void window_expose(struct window *window, struct rect pixels)
{
    cairo_t *cairo = cairo_create(window->surface);
    clip_to(cairo, pixels);
    cairo_set_operator(cairo, CAIRO_OPERATOR_SOURCE);
    cairo_set_source_surface(cairo, window->picture, 0, 0);
    cairo_paint(cairo);
    cairo_destroy(cairo);
}

void window_draw(struct window *window)
{
    if (window->all_damaged) {
        window->all_damaged = false;
        draw_pixels(window, (struct rect){0, 0, window->width, window->height});
    }
    for (unsigned i = 0; i < window->damage_count; ++i)
        draw_pixels(window, pixels_of(window, window->damage[i]));
    window->damage_count = 0;
    cairo_surface_flush(window->surface);
    xcb_flush(window->connection);
}
