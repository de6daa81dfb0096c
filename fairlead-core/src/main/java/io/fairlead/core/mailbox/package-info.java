/** Pure machines and the bounded inboxes that own them. */
@NullMarked
package io.fairlead.core.mailbox;

import org.jspecify.annotations.NullMarked;
