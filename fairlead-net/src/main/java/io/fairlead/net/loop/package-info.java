/**
 * Event loops: the threads of the data plane, and their timers.
 *
 * <p>Start with {@link io.fairlead.net.loop.EventLoops}: it picks the transport once, owns the
 * threads, and knows which channel classes fit them. Everything that opens a socket asks it. {@link
 * io.fairlead.net.loop.RelayBuffers} decides how much one read may bring and one channel may hold,
 * for the whole process.
 *
 * <p>Invariants: no blocking call ever runs on a loop; the transport does not change while the
 * process lives; every channel uses the pooled allocator and the process-wide receive sizing.
 */
@NullMarked
package io.fairlead.net.loop;

import org.jspecify.annotations.NullMarked;
