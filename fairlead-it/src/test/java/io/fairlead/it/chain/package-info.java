/**
 * Gateways that follow a contract on a real development chain: the scenes A to N of a list.
 *
 * <p>All have three gateways and a steady stream to each of servers P1 to P4 (two or three in B1,
 * B2, D1 to D3 and L). In A, C, E, F, G, L and N the node mines a block each second ({@link
 * ChainWorld#paced}). In B1, B2, D1 to D3, M and {@link PropagationIT} a test says when there is a
 * block: what is in it, or when it is taken back, is what they are about.
 */
@NullMarked
package io.fairlead.it.chain;

import org.jspecify.annotations.NullMarked;
