# Gantt charts of `longhaul schedule --gantt`: a panel a policy, a box a stretch of a job. It is told
# data, headline, policies, labelled (1 where a panel has names in its boxes), unit, first, last,
# nodes and below. Boxes differ in lightness (L* 95, 86, 75, 65) and have an outline.
shade(i) = int(word('0xE9F1F7 0xF3D6A4 0x9CC3E0 0xC493B4', int(i) + 1))
panels = words(policies)
set termoption noenhanced
set style fill solid 1 border rgb '#404040'
set multiplot layout panels,1 title headline
set label 1 below at screen 0.01,screen 0.02 font ',5'
set grid noxtics noytics
set border 3
set lmargin 9
set rmargin 2
set bmargin 5
if (nodes + 0 <= 10) set ytics 1
set xrange [first + 0:last + 0]
set yrange [0:nodes + 0]
set xlabel sprintf('time [%s]', unit) offset 0,0.5
set ylabel 'machine' offset 1,0
of(i) = column('panel') == i ? column('start') : NaN
middle(i) = column('panel') == i ? (column('start') + column('end')) / 2 : NaN
do for [i = 1:panels] {
  set title word(policies, i) offset 0,-0.6
  if (word(labelled, i) eq '1') {
    plot data using (of(i)):'low':'start':'end':'low':'high':(shade(column('shade'))) \
           with boxxyerror lw 0.4 fillcolor rgb variable notitle, \
         data using (middle(i)):((column('low') + column('high')) / 2):(strcol('label')) \
           with labels font ',6' notitle
  } else {
    plot data using (of(i)):'low':'start':'end':'low':'high':(shade(column('shade'))) \
           with boxxyerror lw 0.4 fillcolor rgb variable notitle
  }
  unset label 1
}
unset multiplot
