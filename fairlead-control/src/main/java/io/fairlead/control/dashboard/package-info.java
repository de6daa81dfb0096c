/**
 * The dashboard: pages for people, as files of the jar that use nothing but the control API.
 *
 * <p>Start with {@link io.fairlead.control.dashboard.Dashboard} (the paths below {@code /ui/}),
 * then {@link io.fairlead.control.dashboard.UiFiles} (what lies there). The pages themselves are ES
 * modules among the resources of this package: {@code app.js} is the frame, {@code pages/} has one
 * module for each page.
 *
 * <p>Invariants: the files are a fixed list, no request names a place on a disk; they hold nothing
 * secret, so anyone may have them; there is no inline script and no inline style, and no page asks
 * another host for anything.
 */
@NullMarked
package io.fairlead.control.dashboard;

import org.jspecify.annotations.NullMarked;
