/* SPDX-License-Identifier: ISC */
/* What the pointer and the keys do. */
#include "cell.h"
#include "face.h"
#include "knob.h"

#include <math.h>
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

/** Whether it is the second click on the same control. */
static bool clicked_twice(struct face *face, enum port port, uint32_t time)
{
    const bool again = face->clicked == port && time - face->clicked_at < DOUBLE_CLICK_MS;
    face->clicked = port;
    face->clicked_at = time;
    return again;
}

static void begin_turning(struct face *face, enum port port, double y)
{
    face->turning = true;
    face->turned = port;
    face->position = control_position(port, face->facts.controls[port]);
    face->last_y = y;
    link_touch(&face->link, port, true);
}

static void press_knob(struct face *face, const struct part *part, struct pointer at)
{
    const enum port port = part->of;
    if (clicked_twice(face, port, at.time)) {
        end_typing(face, false);
        touch_and_set(face, port, port_table[port].initial);
    } else if (rect_has(knob_value_box(part->box), at.x, at.y)) {
        begin_typing(face, port, at.time);
    } else {
        begin_turning(face, port, at.y);
    }
}

/** A number is turned as a knob is; typing begins when it is let go where it was. */
static void press_number(struct face *face, const struct part *part, struct pointer at)
{
    const enum port port = part->of;
    if (clicked_twice(face, port, at.time)) {
        end_typing(face, false);
        touch_and_set(face, port, port_table[port].initial);
    } else {
        begin_turning(face, port, at.y);
    }
}

static void press_choice(struct face *face, const struct part *part, struct pointer at)
{
    struct choice choices[CHOICES_MAX];
    const unsigned count = control_choices(part->of, &face->facts, choices);
    const struct rect field = cell_value_box(part->box);
    const double way = (at.x - field.x) / field.width * count;
    const unsigned chosen = way <= 0 ? 0 : way >= count ? count - 1 : (unsigned)way;
    touch_and_set(face, part->of, choices[chosen].value);
}

static void flip(struct face *face, enum port port)
{
    touch_and_set(face, port, face->facts.controls[port] > 0.0f ? 0.0f : 1.0f);
}

static void turn(struct face *face, struct pointer at)
{
    const double way = (face->last_y - at.y) / TURN_UNITS / (at.shift ? FINE : 1);
    face->last_y = at.y;
    face->clicked = PORT_COUNT; /* a turn is no click */
    face->position = fmin(1, fmax(0, face->position + way));
    set(face, face->turned, control_value(face->turned, face->position));
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
        flip(face, PORT_ENABLED);
        window_damage_all(face->window);
        break;
    case PART_KNOB:
        press_knob(face, part, at);
        break;
    case PART_NUMBER:
        press_number(face, part, at);
        break;
    case PART_SWITCH:
        flip(face, part->of);
        break;
    case PART_CHOICE:
        press_choice(face, part, at);
        break;
    case PART_PREVIOUS:
        face_step_file(face, part->of, -1);
        break;
    case PART_NEXT:
        face_step_file(face, part->of, 1);
        break;
    case PART_FILE:
        face_browse(face, part->of, at.time);
        break;
    case PART_CLEAR:
        face_open_file(face, part->of, "");
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
        face_answer(face, browser_press(&face->browser, at));
        return;
    }
    if (face->typing && !(part && part->kind >= PART_KNOB && part->of == face->typed_port))
        end_typing(face, true);
    if (part)
        press_part(face, part, at);
}

void face_release(void *data, struct pointer at, enum button button)
{
    struct face *face = data;
    const struct part *part = layout_find(&face->layout, at.x, at.y);
    if (!face->turning || button != BUTTON_LEFT)
        return;
    face->turning = false;
    link_touch(&face->link, face->turned, false);
    face_damage_port(face, face->turned);
    if (part && part->kind == PART_NUMBER && face->clicked == face->turned)
        begin_typing(face, face->turned, at.time);
}

void face_move(void *data, struct pointer at)
{
    struct face *face = data;
    if (face->turning)
        turn(face, at);
    else if (face->browser.shown)
        face_answer(face, browser_move(&face->browser, at));
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
        face_answer(face, browser_wheel(&face->browser, steps));
        return;
    }
    if (part && part->kind == PART_FILE) {
        face_step_file(face, part->of, -steps);
    } else if (part && (part->kind == PART_KNOB || part->kind == PART_NUMBER)) {
        const double way = steps / WHEEL_STEPS / (at.shift ? FINE : 1);
        const double position = control_position(part->of, face->facts.controls[part->of]);
        touch_and_set(face, part->of, control_value(part->of, position + way));
    }
}

void face_key(void *data, enum key key, char character)
{
    struct face *face = data;
    if (face->browser.shown)
        face_answer(face, browser_key(&face->browser, key, character));
    else if (face->typing)
        type(face, key, character);
}
