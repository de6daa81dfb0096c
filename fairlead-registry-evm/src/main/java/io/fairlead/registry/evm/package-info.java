/** Registry sources that read a contract on an EVM chain, or an index of it over GraphQL. */
@NullMarked
package io.fairlead.registry.evm;

import org.jspecify.annotations.NullMarked;
