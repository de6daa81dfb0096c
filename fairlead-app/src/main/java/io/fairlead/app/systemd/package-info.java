/**
 * What the gateway says to the service manager that started it: ready, reloading, stopping, its
 * status, that it is alive.
 *
 * <p>Start with {@link io.fairlead.app.systemd.Supervision} (the check for {@code NOTIFY_SOCKET}
 * and the whole of what others call), then {@code Notices} (the machine: what is said when) and
 * {@code NotifySocket} (how it gets there).
 *
 * <p>Invariants: without {@code NOTIFY_SOCKET} there is no thread and no socket; every notice is
 * one datagram, sent without blocking; the watchdog hears of us only while every event loop
 * answers.
 *
 * <p>Protocol: sd_notify(3), systemd.service(5).
 */
@NullMarked
package io.fairlead.app.systemd;

import org.jspecify.annotations.NullMarked;
