/* SPDX-License-Identifier: ISC */
/* The face's life, and what it hears. */
#include "face.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** The plugin is asked for levels again before it stops to send them. */
enum { WATCH_SECONDS = 6, WATCH_AGAIN_SECONDS = 2 };

static const double FRAME_SECONDS = 1.0 / 30;
static const double LOAD_SMOOTHING = 0.1;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool face_open(struct face *face, const char *bundle, uint32_t parent, double scale,
               const char *title)
{
    const struct window_client client = {
        .data = face,
        .width = DESIGN_WIDTH,
        .height = DESIGN_HEIGHT,
        .draw = face_draw,
        .press = face_press,
        .release = face_release,
        .move = face_move,
        .leave = face_leave,
        .wheel = face_wheel,
        .key = face_key,
    };
    for (unsigned port = 0; port < PORT_COUNT; ++port)
        face->facts.controls[port] = port_table[port].initial;
    meter_init(&face->meter_in);
    meter_init(&face->meter_out);
    layout_make(&face->layout, &face->facts);
    face->browser.box = face->layout.middle;
    face->clicked = PORT_COUNT;
    face->ticked_at = now();
    face->watched_at = -WATCH_AGAIN_SECONDS;
    face->bundle = strdup(bundle);
    face->window = face->bundle ? window_new(parent, title, scale, &client) : NULL;
    if (!face->window) {
        face_close(face);
        return false;
    }
    link_get(&face->link);
    return true;
}

void face_close(struct face *face)
{
    if (face->window)
        link_watch(&face->link, 0);
    window_free(face->window);
    browser_hide(&face->browser);
    free(face->bundle);
    face->window = NULL;
    face->bundle = NULL;
}

void face_damage(struct face *face, enum part_kind kind)
{
    for (unsigned i = 0; i < face->layout.count; ++i)
        if (face->layout.parts[i].kind == kind)
            window_damage(face->window, face->layout.parts[i].box);
}

void face_damage_port(struct face *face, enum port port)
{
    for (unsigned i = 0; i < face->layout.count; ++i) {
        const struct part *part = &face->layout.parts[i];
        const bool shows =
            part->kind == PART_KNOB || part->kind == PART_POWER || part->kind == PART_LATENCY;
        if (shows && part->of == port)
            window_damage(face->window, part->box);
    }
}

/** The plugin told some of its texts. A refusal comes with the path of before, and leaves the
 *  cursor where it is, so that the next step goes beyond the file that was refused. */
static void hear_texts(struct face *face, char old_paths[FILES][TEXT_BYTES])
{
    for (enum text file = 0; file < FILES; ++file) {
        const char *path = face->facts.texts[file];
        if (strcmp(path, old_paths[file]) != 0 || !face->cursors[file][0])
            memcpy(face->cursors[file], path, strlen(path) + 1);
    }
    face->dismissed = false;
    face->hovered = NULL;
    layout_make(&face->layout, &face->facts);
    window_damage_all(face->window);
}

/** Tenths of a percent, as the load is shown. */
static long shown_load(const struct face *face)
{
    return face->loads ? lround(1000 * face->load) : -1;
}

static void hear_levels(struct face *face)
{
    const struct facts *facts = &face->facts;
    const long before = shown_load(face);
    if (meter_hear(&face->meter_in, &facts->in, facts->channels))
        face_damage(face, PART_METER_IN);
    if (meter_hear(&face->meter_out, &facts->out, facts->channels))
        face_damage(face, PART_METER_OUT);
    if (!face->loads)
        face->load = (double)facts->load;
    face->loads = true;
    face->load += LOAD_SMOOTHING * ((double)facts->load - face->load);
    if (shown_load(face) != before)
        face_damage(face, PART_LOAD);
}

void face_hear(struct face *face, uint32_t port, uint32_t size, uint32_t format, const void *buffer)
{
    char old_paths[FILES][TEXT_BYTES];
    memcpy(old_paths, face->facts.texts, sizeof old_paths);
    const struct news news = link_hear(&face->link, &face->facts, port, size, format, buffer);
    if (format == 0)
        face_damage_port(face, port);
    if (news.texts)
        hear_texts(face, old_paths);
    if (news.levels)
        hear_levels(face);
    if (news.scope)
        face_damage(face, PART_SCOPE);
}

bool face_idle(struct face *face)
{
    const double time = now(), passed = time - face->ticked_at;
    face->ticked_at = time;
    if (time - face->watched_at > WATCH_AGAIN_SECONDS) {
        face->watched_at = time;
        link_watch(&face->link, WATCH_SECONDS);
    }
    if (meter_fall(&face->meter_in, passed))
        face_damage(face, PART_METER_IN);
    if (meter_fall(&face->meter_out, passed))
        face_damage(face, PART_METER_OUT);
    const bool open = window_listen(face->window);
    if (time - face->drawn_at >= FRAME_SECONDS) {
        face->drawn_at = time;
        window_draw(face->window);
    }
    return open;
}
