/* SPDX-License-Identifier: ISC */
/* What is done to the taps of an impulse response after reading: see response.h. Not real-time. */
#ifndef PLUGIN_RESPONSE_SHAPE_H
#define PLUGIN_RESPONSE_SHAPE_H

#include "response.h"

/** Converts the taps to another sample rate such that they filter sound of that rate as the old
 *  ones did theirs, within 0.1 dB. The converter has minimum phase: one of linear phase sounds
 *  before its input does, which without latency is cut off, and with it the better part of a
 *  response that sets in at once. So all is late by an eighth of a millisecond at most. False: out
 *  of memory. */
bool response_convert(struct response *response, double from_rate, double to_rate);

/** Lets the end of a response that was cut die away. */
void response_fade_end(struct response *response, double rate);

/** Leaves out what is too quiet to be heard at the end; one tap stays. */
void response_trim(struct response *response);

/** Brings both channels to one loudness by one gain. False: they are silent. */
bool response_normalise(struct response *response, double rate);

#endif
