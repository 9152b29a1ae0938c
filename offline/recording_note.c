/* SPDX-License-Identifier: ISC */
#include "recording_note.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct recording *recording, const char *path, bool doubt, const char *format,
                va_list arguments)
{
    if (recording->note_count == RECORDING_NOTES)
        return;
    struct recording_note *note = &recording->notes[recording->note_count++];
    note->path = path;
    note->doubt = doubt;
    vsnprintf(note->text, sizeof note->text, format, arguments);
}

void recording_say(struct recording *recording, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(recording, path, false, format, arguments);
    va_end(arguments);
}

void recording_doubt(struct recording *recording, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(recording, path, true, format, arguments);
    va_end(arguments);
}
