/**
 * The chains of a gateway as its registry reads them: section {@code pubsub.chains} and the
 * connections made of it.
 *
 * <p>Start with {@link io.fairlead.app.chain.ChainConfig}, then {@link
 * io.fairlead.app.chain.GatewayChains}.
 */
@NullMarked
package io.fairlead.app.chain;

import org.jspecify.annotations.NullMarked;
