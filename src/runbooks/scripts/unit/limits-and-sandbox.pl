#!/usr/bin/perl
# Part of limits-and-sandbox.sh, which says what it answers.

my $keys = qr/^(?:Restrict\w+|IPAddress\w+|SystemCall\w+|\w*Capabilit\w+|MemoryDenyWriteExecute|NoNewPrivileges|Private\w+|Protect\w+|DynamicUser|Read\w+Paths|InaccessiblePaths|ExecPaths|NoExecPaths|TemporaryFileSystem|Bind\w*Paths|Root\w+|Limit\w+|Tasks\w+|Memory(?:Max|High|Limit)|CPUQuota|UMask|KillMode|UnsetEnvironment|User|Group|SupplementaryGroups|SocketBind\w+|NetworkNamespacePath|JoinsNamespaceOf|AppArmorProfile|Device(?:Allow|Policy))$/;
my $list = qr/^(?:RestrictAddressFamilies|IPAddress|SystemCallFilter|CapabilityBoundingSet|AmbientCapabilities|Read|InaccessiblePaths|ExecPaths|NoExecPaths|TemporaryFileSystem|Bind|SocketBind|SupplementaryGroups|DeviceAllow|UnsetEnvironment)/;
my ($file, $n, $held, %set, @order) = ("-", 0, "");
while (<STDIN>) {
  chomp;
  if (m{^# (/\S.*)$}) { ($file, $n, $held) = ($1, 0, ""); next }
  $n++;
  next if /^\s*[#;]/;
  if (s/\\$//) { $held .= "$_ "; next }
  my ($key, $value) = "$held$_" =~ /^\s*(\w+)\s*=\s*(.*?)\s*$/;
  $held = "";
  next unless defined $key;
  # The manager's come first, so that the unit's own take their place.
  $key =~ s/^Default(?=Limit\w|TasksMax$)//;
  next unless $key =~ $keys;
  $value =~ s/\s+/ /g;
  # It may take a name with one value only, which may be a secret.
  $value = join " ", map { /^["\x27]?(\w+)/ } $value =~ /"[^"]*"|\x27[^\x27]*\x27|\S+/g if $key eq "UnsetEnvironment";
  push @order, $key unless $set{$key};
  $set{$key} = [] if $value eq "" || $key !~ $list || !$set{$key};
  push @{$set{$key}}, [$value, "$file:$n"] if $value ne "";
}
for my $key (@order) {
  my @all = @{$set{$key}} or next;
  print join("\t", map { substr s/[^ -~]/?/gr, 0, 300 } $key, join(" ", map { $_->[0] } @all), $all[-1][1]), "\n";
}
print "=== end\n"
