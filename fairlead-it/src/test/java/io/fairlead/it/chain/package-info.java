/** Gateways that follow a contract on a real development chain. */
@NullMarked
package io.fairlead.it.chain;

import org.jspecify.annotations.NullMarked;
