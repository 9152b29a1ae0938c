/* SPDX-License-Identifier: ISC */
/* What the pointer and the keys do. */
#include "control.h"
#include "face.h"
#include "knob.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double TURN_UNITS = 200; ///< of the design, from end to end of a knob
static const double WHEEL_STEPS = 50; ///< from end to end
static const double FINE = 10;        ///< times finer with Shift

enum { DOUBLE_CLICK_MS = 400 };

/* Controls */

static void set(struct face *face, enum port port, float value)
{
    if (value == face->facts.controls[port])
        return;
    face->facts.controls[port] = value;
    link_control(&face->link, port, value);
    face_damage_port(face, port);
}

/** One change that is over at once. */
static void touch_and_set(struct face *face, enum port port, float value)
{
    link_touch(&face->link, port, true);
    set(face, port, value);
    link_touch(&face->link, port, false);
}

static void begin_typing(struct face *face, enum port port, uint32_t time)
{
    face->typing = true;
    face->typed_port = port;
    face->typed[0] = '\0';
    window_focus(face->window, time);
    face_damage_port(face, port);
}

static void end_typing(struct face *face, bool apply)
{
    float value = 0;
    if (!face->typing)
        return;
    face->typing = false;
    face_damage_port(face, face->typed_port);
    if (apply && control_parse(face->typed_port, face->typed, &value))
        touch_and_set(face, face->typed_port, value);
}

static void type(struct face *face, enum key key, char character)
{
    const size_t length = strlen(face->typed);
    if (key == KEY_ENTER || key == KEY_ESCAPE) {
        end_typing(face, key == KEY_ENTER);
        return;
    }
    if (key == KEY_BACKSPACE && length > 0)
        face->typed[length - 1] = '\0';
    else if (key == KEY_CHARACTER && strchr("0123456789.+-", character) &&
             length + 1 < sizeof face->typed)
        memcpy(face->typed + length, (const char[]){character, '\0'}, 2);
    face_damage_port(face, face->typed_port);
}

static void press_knob(struct face *face, const struct part *part, struct pointer at)
{
    const enum port port = part->of;
    const bool again = face->clicked == port && at.time - face->clicked_at < DOUBLE_CLICK_MS;
    face->clicked = port;
    face->clicked_at = at.time;
    if (again) {
        end_typing(face, false);
        touch_and_set(face, port, port_table[port].initial);
        return;
    }
    if (rect_has(knob_value_box(part->box), at.x, at.y)) {
        begin_typing(face, port, at.time);
        return;
    }
    face->turning = true;
    face->turned = port;
    face->position = control_position(port, face->facts.controls[port]);
    face->last_y = at.y;
    link_touch(&face->link, port, true);
}

static void turn(struct face *face, struct pointer at)
{
    const double way = (face->last_y - at.y) / TURN_UNITS / (at.shift ? FINE : 1);
    face->last_y = at.y;
    face->clicked = PORT_COUNT; /* a turn is no click */
    face->position = fmin(1, fmax(0, face->position + way));
    set(face, face->turned, control_value(face->turned, face->position));
}

/* The browser */

static void close_browser(struct face *face)
{
    browser_hide(&face->browser);
    window_damage_all(face->window);
}

static void answer(struct face *face, enum browser_answer answer)
{
    if (answer == BROWSER_NOTHING)
        return;
    if (answer == BROWSER_OPEN || answer == BROWSER_DONE) {
        char *path = browser_path(&face->browser);
        if (path && strcmp(path, face->cursor) != 0)
            face_open_file(face, path);
        free(path);
    }
    if (answer == BROWSER_DONE || answer == BROWSER_CANCEL)
        close_browser(face);
    else
        window_damage(face->window, face->browser.box);
}

static void show_browser(struct face *face, uint32_t time)
{
    browser_show(&face->browser, "Choose a model", face->cursor, face->bundle, model_endings);
    window_focus(face->window, time);
    window_damage_all(face->window);
}

/* Parts */

static void press_meter(struct face *face, const struct part *part)
{
    struct meter *meter = part->kind == PART_METER_IN ? &face->meter_in : &face->meter_out;
    meter->clipped = false;
    face_damage(face, part->kind);
}

static void press_scope(struct face *face)
{
    face->scope_mode = face->scope_mode == SCOPE_TIME ? SCOPE_CURVE : SCOPE_TIME;
    face_damage(face, PART_SCOPE);
}

static void press_part(struct face *face, const struct part *part, struct pointer at)
{
    switch (part->kind) {
    case PART_POWER:
        touch_and_set(face, PORT_ENABLED, face->facts.controls[PORT_ENABLED] > 0.0f ? 0.0f : 1.0f);
        window_damage_all(face->window);
        break;
    case PART_KNOB:
        press_knob(face, part, at);
        break;
    case PART_PREVIOUS:
        face_step_file(face, -1);
        break;
    case PART_NEXT:
        face_step_file(face, 1);
        break;
    case PART_FILE:
        show_browser(face, at.time);
        break;
    case PART_SCOPE:
        press_scope(face);
        break;
    case PART_METER_IN:
    case PART_METER_OUT:
        press_meter(face, part);
        break;
    case PART_FOOT:
        face->dismissed = true;
        face_damage(face, PART_FOOT);
        break;
    default:
        break;
    }
}

static void hover(struct face *face, const struct part *part)
{
    if (part == face->hovered)
        return;
    if (face->hovered)
        window_damage(face->window, face->hovered->box);
    if (part)
        window_damage(face->window, part->box);
    face->hovered = part;
    face_damage(face, PART_FOOT);
}

void face_press(void *data, struct pointer at, enum button button)
{
    struct face *face = data;
    const struct part *part = layout_find(&face->layout, at.x, at.y);
    if (button != BUTTON_LEFT)
        return;
    if (face->browser.shown) {
        answer(face, browser_press(&face->browser, at));
        return;
    }
    if (face->typing && !(part && part->kind == PART_KNOB && part->of == face->typed_port))
        end_typing(face, true);
    if (part)
        press_part(face, part, at);
}

void face_release(void *data, struct pointer at, enum button button)
{
    struct face *face = data;
    (void)at;
    if (!face->turning || button != BUTTON_LEFT)
        return;
    face->turning = false;
    link_touch(&face->link, face->turned, false);
    face_damage_port(face, face->turned);
}

void face_move(void *data, struct pointer at)
{
    struct face *face = data;
    if (face->turning)
        turn(face, at);
    else if (face->browser.shown)
        answer(face, browser_move(&face->browser, at));
    else
        hover(face, layout_find(&face->layout, at.x, at.y));
}

void face_leave(void *data)
{
    struct face *face = data;
    if (!face->turning)
        hover(face, NULL);
}

void face_wheel(void *data, struct pointer at, int steps)
{
    struct face *face = data;
    const struct part *part = layout_find(&face->layout, at.x, at.y);
    if (face->browser.shown) {
        answer(face, browser_wheel(&face->browser, steps));
        return;
    }
    if (part && part->kind == PART_FILE) {
        face_step_file(face, -steps);
    } else if (part && part->kind == PART_KNOB) {
        const double way = steps / WHEEL_STEPS / (at.shift ? FINE : 1);
        const double position = control_position(part->of, face->facts.controls[part->of]);
        touch_and_set(face, part->of, control_value(part->of, position + way));
    }
}

void face_key(void *data, enum key key, char character)
{
    struct face *face = data;
    if (face->browser.shown)
        answer(face, browser_key(&face->browser, key, character));
    else if (face->typing)
        type(face, key, character);
}
