/**
 * Byte streams over web sockets: what is written travels in binary frames, and where frames begin
 * and end means nothing.
 *
 * <p>Start with {@link io.fairlead.net.websocket.WebSocketAccept} (the server's end, behind a
 * request) and {@link io.fairlead.net.websocket.WebSocketAsk} (the client's).
 *
 * <p>Invariants: a frame holds at most 1 MiB; no extensions; text ends the connection with 1003;
 * frames of clients are masked and those of servers are not.
 *
 * <p>Spec: RFC 6455; RFC 8441 for web sockets over HTTP/2, which look the same from here.
 */
@NullMarked
package io.fairlead.net.websocket;

import org.jspecify.annotations.NullMarked;
