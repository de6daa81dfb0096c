/**
 * The echo service: a peer for trying the gateway's paths. One port answers HTTP with a description
 * of the request or its body, WebSocket with the same frames, and anything else with the same
 * bytes; UDP at the same address with the same datagram.
 *
 * <p>Start with {@link io.fairlead.http.echo.EchoFace}. Nothing is kept between connections; the
 * three echoes of streams stop reading while the peer does not read.
 */
@NullMarked
package io.fairlead.http.echo;

import org.jspecify.annotations.NullMarked;
