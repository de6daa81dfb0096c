/**
 * What our tests speak with: peers that send any bytes and judge every byte they get.
 *
 * <p>Start with {@link io.fairlead.testkit.RawClient} (the side that connects) and {@link
 * io.fairlead.testkit.RecordingServer} (the side that is connected to); {@link
 * io.fairlead.testkit.StrictHttpParser} is an HTTP/1 parser independent of the product's, so that a
 * mistake is not made twice. {@link io.fairlead.testkit.Seeds} repeats random tests, {@link
 * io.fairlead.testkit.Peers} and {@link io.fairlead.testkit.Proc} bring in real programs, {@link
 * io.fairlead.testkit.FreePorts} names ports to those that must be told theirs, {@link
 * io.fairlead.testkit.CostsAtMost} bounds what an attack may cost. {@link
 * io.fairlead.testkit.EagerPolls} and {@link io.fairlead.testkit.LeakWatch} are there by themselves
 * wherever the testkit is.
 *
 * <p>Invariants: nothing here waits without a limit, uses a fixed port, or sleeps; what fails says
 * what had been received until then.
 *
 * <p>Specs: RFC 9110, RFC 9112.
 */
@NullMarked
package io.fairlead.testkit;

import org.jspecify.annotations.NullMarked;
