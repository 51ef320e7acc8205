// Nothing but the standard library. The version also keeps the listener on plain TCP, as in ../go.
module chat

go 1.22
